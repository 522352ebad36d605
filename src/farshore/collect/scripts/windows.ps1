# Looks at this machine as a Tailscale subnet router, for somebody who cannot reach a
# server behind it. It only reads: it changes nothing, installs nothing, sends nothing.
#
#   powershell -ExecutionPolicy Bypass -File router.ps1 > router.txt     (half a minute)
#
# Run it as administrator, or it sees less. Then send router.txt back. Keys, login names
# and e-mail addresses are taken out below; machine names and addresses are in it, so look
# at it first.

$Targets = @(@TARGETS@) # 'host:port' of servers behind this router, to try a connection to
if ($args.Count -gt 0) { $Targets = $args }

$Tailscale = Join-Path $env:ProgramFiles 'Tailscale\tailscale.exe'
$Logs = Join-Path $env:ProgramData 'Tailscale\Logs'

function Section($name) { ''; "==== router report: $name ====" }

function Show($name, $command) {
    Section $name
    try { & $command 2>&1 | ForEach-Object { "$_" } } catch { "(could not be run: $_)" }
}

function Report {
    Section 'about'
    "host: $env:COMPUTERNAME"
    'time: ' + (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
    'system: Windows ' + [Environment]::OSVersion.Version

    Show 'version' { & $Tailscale version }
    Show 'status' { & $Tailscale status --json }
    Show 'prefs' { & $Tailscale debug prefs }
    Show 'netcheck' { & $Tailscale netcheck }
    Show 'metrics' { & $Tailscale metrics print }
    Show 'service' { Get-Service Tailscale | Format-List Name, Status, StartType }
    Show 'addresses' { Get-NetIPAddress | Format-Table InterfaceAlias, IPAddress, PrefixLength }
    Show 'routes' { Get-NetRoute | Format-Table DestinationPrefix, NextHop, InterfaceAlias }

    Section 'connections'
    foreach ($target in $Targets) {
        $part = $target.LastIndexOf(':')
        $server, $port = $target.Substring(0, $part), [int]$target.Substring($part + 1)
        $client = New-Object System.Net.Sockets.TcpClient
        try {
            if ($client.ConnectAsync($server, $port).Wait(3000)) { "connect ${target}: ok" }
            else { "connect ${target}: failed: timed out after 3 s" }
        }
        catch { "connect ${target}: failed: $($_.Exception.GetBaseException().Message)" }
        finally { $client.Close() }
    }

    Show 'log' {
        Get-ChildItem $Logs -Filter 'tailscale-service*.txt' | Sort-Object LastWriteTime |
            Select-Object -Last 1 | Get-Content -Tail 4000
    }
    Section 'end'
}

Report | ForEach-Object {
    $_ -replace '(privkey|nodekey|mkey|discokey|tlpub|nlpub):[0-9a-fA-F]{12,}', '$1:removed' `
        -replace '(ts|hs)key-[A-Za-z0-9_-]+', 'key-removed' `
        -replace '("(LoginName|DisplayName|ProfilePicURL|AuthURL|PrivateNodeKey|OldPrivateNodeKey|NetworkLockKey)": *)"[^"]*"', '$1"removed"' `
        -replace '[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+', 'mail-removed'
}
