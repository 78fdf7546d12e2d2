
# ---- Collect ------------------------------------------------------------------------------------------------------------------

# A folder for the support: versions, service state, counters, last log lines, events. No configuration, no environment, no arguments.
function Invoke-Collect {
    $Record = Read-Record
    if (-not $Record) { Stop-Run "$($Run.Release.product.title) is not installed" '' 2 }
    $Release = Get-Release $Record.current.version
    $Folder = Join-Path (Get-StateFolder) ('collect-' + [DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ'))
    if (-not $Run.Cmdlet.ShouldProcess($Folder, 'collect')) { return }
    New-Item -ItemType Directory -Path $Folder -Force | Out-Null
    foreach ($Path in (Get-RecordPath), (Get-JournalPath)) { if (Test-Path -LiteralPath $Path) { Copy-Item -LiteralPath $Path -Destination $Folder } }
    $System = Get-CimInstance -ClassName Win32_OperatingSystem
    $Lines = @("$($Release.product.title) $($Release.product.version)", "$($System.Caption) $($System.BuildNumber)", "PowerShell $($PSVersionTable.PSVersion)")
    foreach ($Unit in @(Get-Instance $Release)) {
        $Name = $Unit.Instance.service_name
        $Key = Get-ServiceKey $Name
        $Lines += '', $Name, "  $(Get-ServiceStatus $Name)"
        foreach ($Value in 'Start', 'DelayedAutostart', 'ObjectName', 'ServiceSidType') { $Lines += "  $Value = $(Get-KeyValue $Key $Value)" }
        $Lines += (Invoke-Native 'sc.exe' @('query', $Name) -Expect 0, 1060).Output
        $Lines += Get-ProcessCounter $Name
        $Log = Join-Path (Expand-DeployPath $Unit.Instance.log.path) "$Name.log"
        if (Test-Path -LiteralPath $Log) { Get-Content -LiteralPath $Log -Tail 200 -Encoding UTF8 | Set-Content -LiteralPath (Join-Path $Folder "$Name.log") -Encoding UTF8 }
    }
    Set-Content -LiteralPath (Join-Path $Folder 'state.txt') -Value $Lines -Encoding UTF8
    $Events = Invoke-Native 'wevtutil.exe' @('qe', 'Application', "/q:*[System[Provider[@Name='$($Release.events[0].source)']]]", '/c:100', '/rd:true', '/f:text') -Expect 0, 1, 87, 15001, 15007
    Set-Content -LiteralPath (Join-Path $Folder 'events.txt') -Value $Events.Output -Encoding UTF8
    Add-Change "collected in $Folder"
}

# The numbers of a service's process, one a line.
function Get-ProcessCounter {
    param([string] $Name)
    $Service = Get-CimInstance -ClassName Win32_Service | Where-Object { $_.Name -eq $Name } | Select-Object -First 1
    if (-not $Service -or -not $Service.ProcessId) { return }
    $Process = Get-Process -Id $Service.ProcessId -ErrorAction SilentlyContinue
    if (-not $Process) { return }
    "  process $($Process.Id), since $($Process.StartTime.ToUniversalTime().ToString('s'))Z"
    '  {0:N1} MB of memory, {1} threads, {2} handles, {3:N1} s of processor time' -f ($Process.WorkingSet64 / 1MB), $Process.Threads.Count, $Process.HandleCount, $Process.TotalProcessorTime.TotalSeconds
}
